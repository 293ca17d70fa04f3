package activities

import "context"

func (a *Activities) Evaluate(ctx context.Context, in EvaluateInput) (EvaluateResult, error) {
	return EvaluateResult{}, nil
}
func (a *Activities) SendMessage(ctx context.Context, in SendInput) (SendResult, error) {
	return SendResult{}, nil
}
func (a *Activities) OpenWait(ctx context.Context, in OpenWaitInput) error { return nil }
func (a *Activities) CloseWait(ctx context.Context, in CloseWaitInput) (CloseWaitResult, error) {
	return CloseWaitResult{}, nil
}
func (a *Activities) Call(ctx context.Context, in CallInput) (CallResult, error) {
	return CallResult{}, nil
}
func (a *Activities) UpdateContact(ctx context.Context, in StepInput) (StepResult, error) {
	return StepResult{}, nil
}
func (a *Activities) EmitEvent(ctx context.Context, in StepInput) (StepResult, error) {
	return StepResult{}, nil
}
func (a *Activities) OpenHandoff(ctx context.Context, in StepInput) (StepResult, error) {
	return StepResult{}, nil
}
func (a *Activities) CancelHandoff(ctx context.Context, in CancelHandoffInput) (StepResult, error) {
	return StepResult{}, nil
}
func (a *Activities) EnrollChild(ctx context.Context, in StepInput) (StepResult, error) {
	return StepResult{}, nil
}
func (a *Activities) AssignVariant(ctx context.Context, in StepInput) (StepResult, error) {
	return StepResult{}, nil
}
func (a *Activities) Record(ctx context.Context, in RecordInput) error { return nil }
func (a *Activities) End(ctx context.Context, in EndInput) (EndResult, error) {
	return EndResult{}, nil
}
func (a *Activities) Sweep(ctx context.Context) (int, error) { return 0, nil }
