package main

import (
	"context"
	"time"

	"go.temporal.io/sdk/workflow"
)

// The journey of the benchmark as a Go programmer would write it for Temporal,
// with one activity per message and no ledger: what the interpreter is measured
// against.

type byHandInput struct {
	Name, Phone string
	Greet       bool // a message before the question
}

type byHandMessage struct {
	To, Text string
	Buttons  []string
}

type byHand struct {
	send func(ctx context.Context, m byHandMessage) (string, error)
}

// Send is the one activity.
func (b *byHand) Send(ctx context.Context, m byHandMessage) (string, error) { return b.send(ctx, m) }

func byHandJourney(ctx workflow.Context, in byHandInput) (string, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 15 * time.Second})
	var b *byHand
	send := func(m byHandMessage) error {
		m.To = in.Phone
		return workflow.ExecuteActivity(ctx, b.Send, m).Get(ctx, nil)
	}
	if in.Greet {
		if err := send(byHandMessage{Text: "Bom dia, " + in.Name + "!"}); err != nil {
			return "", err
		}
	}
	if err := send(byHandMessage{Text: "Olá " + in.Name + ", tudo certo para a consulta?", Buttons: []string{"Sim", "Não"}}); err != nil {
		return "", err
	}
	timer, cancel := workflow.WithCancel(ctx)
	answer, timedOut := "", false
	workflow.NewSelector(ctx).
		AddReceive(workflow.GetSignalChannel(ctx, "reply"), func(c workflow.ReceiveChannel, _ bool) { c.Receive(ctx, &answer) }).
		AddFuture(workflow.NewTimer(timer, 24*time.Hour), func(workflow.Future) { timedOut = true }).
		Select(ctx)
	cancel()
	text := "Combinado!"
	switch {
	case timedOut:
		text = "Não tivemos a sua resposta."
	case answer != "yes":
		text = "Tudo bem, até a próxima."
	}
	if err := send(byHandMessage{Text: text}); err != nil {
		return "", err
	}
	return answer, nil
}
