package workflows

// Names of the local activities a worker must register. They are literals,
// because histories remember them.
const (
	ActivityEvaluate      = "Evaluate"      // EvaluateInput -> EvaluateResult
	ActivitySendMessage   = "SendMessage"   // SendInput -> SendResult
	ActivityOpenWait      = "OpenWait"      // OpenWaitInput -> nothing
	ActivityCloseWait     = "CloseWait"     // CloseWaitInput -> CloseWaitResult
	ActivityCall          = "Call"          // CallInput -> CallResult
	ActivityUpdateContact = "UpdateContact" // StepInput -> StepResult
	ActivityEmitEvent     = "EmitEvent"     // StepInput -> StepResult
	ActivityOpenHandoff   = "OpenHandoff"   // StepInput -> StepResult
	ActivityCancelHandoff = "CancelHandoff" // CancelHandoffInput -> nothing
	ActivityEnrollChild   = "EnrollChild"   // StepInput -> StepResult
	ActivityAssignVariant = "AssignVariant" // StepInput -> StepResult
	ActivityRecord        = "Record"        // Base -> nothing
	ActivityEnd           = "End"           // EndInput -> nothing
)

// ActivityNames lists every local activity, for the worker and its tests.
func ActivityNames() []string {
	return []string{
		ActivityEvaluate, ActivitySendMessage, ActivityOpenWait, ActivityCloseWait, ActivityCall,
		ActivityUpdateContact, ActivityEmitEvent, ActivityOpenHandoff, ActivityCancelHandoff,
		ActivityEnrollChild, ActivityAssignVariant, ActivityRecord, ActivityEnd,
	}
}
