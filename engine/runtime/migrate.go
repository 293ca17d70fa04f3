package runtime

import (
	"context"
	"fmt"
	"slices"

	"jornada/dsl"
	"jornada/engine"
	"jornada/workflows"
)

// MigrateJourney asks the people inside a journey to go on in its live version.
// Whoever waits at a step that the version does not accept stays, and is counted
// with the reason, unless the wish moves the step's people elsewhere. The others
// move at their next wait, where the interpreter looks once more, knowing what
// each has been through. Those in a version on trial stay there, uncounted, for as long
// as the trial lasts. Asking twice is harmless.
func (r *Runtime) MigrateJourney(ctx context.Context, id engine.JourneyID, wish engine.MigrationWish, actor string) (engine.Migration, error) {
	out := engine.Migration{Journey: id}
	j, err := r.Store.Journey(ctx, id)
	if err != nil {
		return out, err
	}
	if j.Live == "" {
		return out, engine.Errorf(engine.Conflict, "journey %q was never published, so there is no version to move to", id)
	}
	out.Version = j.Live
	to, err := r.Plans.load(ctx, j.Live)
	if err != nil {
		return out, err
	}
	for step, target := range wish.Moves {
		if target != dsl.MoveExit && to.Nodes[target] == nil {
			return out, &engine.Error{Code: engine.Invalid, Field: "move", Message: fmt.Sprintf("the live version of journey %q has no step %q to move the people at %q to", id, target, step)}
		}
	}
	type place struct {
		version engine.VersionHash
		step    string
	}
	verdicts := map[place]dsl.Verdict{} // the same for everybody at a step
	change := engine.NewID("mov")
	full := func() bool { return wish.Limit > 0 && out.Asked >= wish.Limit }
	for after := engine.EnrollmentID(""); !full(); {
		var page []engine.Enrollment
		before := out
		err := r.inTx(ctx, func(ctx context.Context) error {
			out = before // a transaction may run again
			out.Staying = slices.Clone(before.Staying)
			var err error
			if page, err = r.Store.ActiveOfJourney(ctx, id, after, tellPage); err != nil {
				return fmt.Errorf("listing the enrollments of journey %q: %w", id, err)
			}
			for i := range page {
				e := &page[i]
				if e.VersionHash == j.Live || onTrial(j, e) || full() {
					continue
				}
				at := place{e.VersionHash, e.CurrentStep}
				v, judged := verdicts[at]
				if !judged {
					from, err := r.Plans.load(ctx, e.VersionHash)
					if err != nil {
						return err
					}
					v = to.Judge(from, dsl.Passage{At: e.CurrentStep, Moves: wish.Moves})
					verdicts[at] = v
				}
				if !v.OK {
					out.Staying = staying(out.Staying, engine.Staying{Version: e.VersionHash, StepID: e.CurrentStep, People: 1, Reason: v.Why})
					continue
				}
				out.Asked++
				if v.Exit {
					out.Exiting++
				}
				// What concerns a whole journey holds nothing personal.
				err = r.tell(ctx, WorkspaceKey, e.ID, e.ContactID, workflows.Signal{
					ID: change + "/" + string(e.ID), Kind: workflows.SignalMove, Version: j.Live, Moves: wish.Moves,
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return before, err
		}
		if len(page) < tellPage {
			break
		}
		after = page[len(page)-1].ID
	}
	detail := map[string]any{"version": j.Live, "asked": out.Asked}
	if len(wish.Moves) > 0 {
		detail["move"], detail["exiting"] = wish.Moves, out.Exiting
	}
	return out, r.auditBy(ctx, actor, "journey.migrated", string(id), detail)
}

func onTrial(j *engine.Journey, e *engine.Enrollment) bool {
	return j.Trial != nil && e.VersionHash == j.Trial.Version
}

// staying counts one more at its step.
func staying(list []engine.Staying, one engine.Staying) []engine.Staying {
	for i := range list {
		if list[i].Version == one.Version && list[i].StepID == one.StepID {
			list[i].People++
			return list
		}
	}
	return append(list, one)
}
