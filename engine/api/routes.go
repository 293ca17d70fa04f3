package api

import (
	"net/http"
	"time"

	"jornada/engine/auth"
)

// openness says who may call without a token. The zero value is nobody.
type openness int

const (
	openToNobody   openness = iota
	openToAll               // health, the document, webhooks and unsubscribe links (their signature is the key)
	openToLoopback          // the demo phone, from a browser on this machine only
)

// bodyKind is the one kind of body a route takes.
type bodyKind int

const (
	takesNothing bodyKind = iota
	takesJSON
	takesFolder // JSON, but larger: the files of a workspace
	takesCSV    // streamed
	takesRaw    // exact bytes: signatures cover them
)

// route is one line of the table. A route without allow and open is closed.
type route struct {
	method, path, operation string
	allow                   []auth.Scope // any of them
	open                    openness
	takes                   bodyKind
	creates                 bool // honors Idempotency-Key
	slow                    bool // asks providers for long lists
	handle                  handler
}

// limit is the largest body, in bytes; 0 when the route takes none.
func (r route) limit() int64 {
	switch r.takes {
	case takesJSON:
		return maxJSON
	case takesFolder:
		return maxFolder
	case takesCSV:
		return maxCSV
	case takesRaw:
		return maxWebhook
	}
	return 0
}

func (r route) timeout() time.Duration {
	if r.slow {
		return importTimeout
	}
	switch r.takes {
	case takesCSV:
		return importTimeout
	case takesRaw:
		return webhookTimeout
	}
	return callTimeout
}

// handlerOf binds a handler to its server.
type handlerOf func(s *server) handler

// any of these scopes opens a route; admin opens every one.
func scopes(list ...auth.Scope) []auth.Scope { return list }

// routes is the whole surface. openapi.yaml documents every line of it.
func (s *server) routes() []route {
	const v1 = "/api/v1"
	get, post, put, patch, del := http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete
	var (
		admin    = scopes(auth.Admin)
		people   = scopes(auth.Contacts)
		seePeop  = scopes(auth.Contacts, auth.Read)
		authors  = scopes(auth.Journeys)
		seeWork  = scopes(auth.Journeys, auth.Read)
		report   = scopes(auth.Events)
		passages = scopes(auth.Journeys, auth.Events)
		seePass  = scopes(auth.Journeys, auth.Events, auth.Contacts, auth.Messages, auth.Read)
		desk     = scopes(auth.Messages)
		seeDesk  = scopes(auth.Messages, auth.Read)
	)
	list := []route{
		{method: get, path: v1 + "/openapi.json", operation: "getOpenAPI", open: openToAll, handle: s.getOpenAPI},

		{method: get, path: v1 + "/contacts", operation: "listContacts", allow: seePeop, handle: s.listContacts},
		{method: post, path: v1 + "/contacts/import", operation: "importContacts", allow: people, takes: takesCSV, creates: true, handle: s.importContacts},
		{method: get, path: v1 + "/contacts/:id", operation: "getContact", allow: seePeop, handle: s.getContact},
		{method: put, path: v1 + "/contacts/:id", operation: "putContact", allow: people, takes: takesJSON, handle: s.putContact},
		{method: patch, path: v1 + "/contacts/:id", operation: "patchContact", allow: people, takes: takesJSON, handle: s.patchContact},
		{method: del, path: v1 + "/contacts/:id", operation: "deleteContact", allow: people, handle: s.deleteContact},
		{method: get, path: v1 + "/contacts/:id/export", operation: "exportContact", allow: people, handle: s.exportContact},
		{method: post, path: v1 + "/contacts/:id/invitations", operation: "createInvitation", allow: people, takes: takesJSON, handle: s.createInvitation},
		{method: get, path: v1 + "/contacts/:id/consents", operation: "listConsents", allow: seePeop, handle: s.listConsents},
		{method: post, path: v1 + "/contacts/:id/consents", operation: "createConsent", allow: people, takes: takesJSON, creates: true, handle: s.createConsent},
		{method: post, path: v1 + "/contacts/:id/merge", operation: "mergeContact", allow: admin, takes: takesJSON, handle: s.mergeContact},

		{method: get, path: v1 + "/suppressions", operation: "listSuppressions", allow: seePeop, handle: s.listSuppressions},
		{method: del, path: v1 + "/suppressions", operation: "deleteSuppressionList", allow: admin, handle: s.deleteSuppressionList},
		{method: post, path: v1 + "/suppressions/import", operation: "importSuppressions", allow: people, takes: takesCSV, creates: true, handle: s.importSuppressions},
		{method: del, path: v1 + "/suppressions/:id", operation: "deleteSuppression", allow: admin, handle: s.deleteSuppression},

		{method: post, path: v1 + "/events", operation: "postEvent", allow: report, takes: takesJSON, creates: true, handle: s.postEvent},
		{method: post, path: v1 + "/events/import", operation: "importEvents", allow: report, takes: takesCSV, creates: true, handle: s.importEvents},

		{method: get, path: v1 + "/journeys", operation: "listJourneys", allow: seeWork, handle: s.listJourneys},
		{method: post, path: v1 + "/journeys/check", operation: "checkJourneys", allow: seeWork, takes: takesFolder, handle: s.checkJourneys},
		{method: post, path: v1 + "/journeys/simulate", operation: "simulateJourney", allow: seeWork, takes: takesFolder, handle: s.simulateJourney},
		{method: get, path: v1 + "/journeys/:id", operation: "getJourney", allow: seeWork, handle: s.getJourney},
		{method: put, path: v1 + "/journeys/:id/draft", operation: "putDraft", allow: authors, takes: takesJSON, handle: s.putDraft},
		{method: get, path: v1 + "/journeys/:id/tests", operation: "getTests", allow: seeWork, handle: s.getTests},
		{method: put, path: v1 + "/journeys/:id/tests", operation: "putTests", allow: authors, takes: takesJSON, handle: s.putTests},
		{method: get, path: v1 + "/journeys/:id/published", operation: "getPublished", allow: seeWork, handle: s.getPublished},
		{method: post, path: v1 + "/journeys/:id/presence", operation: "postPresence", allow: seeWork, takes: takesJSON, handle: s.postPresence},
		{method: post, path: v1 + "/journeys/:id/publish", operation: "publishJourney", allow: authors, takes: takesJSON, creates: true, handle: s.publishJourney},
		{method: get, path: v1 + "/journeys/:id/trial", operation: "getTrial", allow: seeWork, handle: s.getTrial},
		{method: post, path: v1 + "/journeys/:id/end-trial", operation: "endTrial", allow: authors, takes: takesJSON, handle: s.endTrial},
		{method: get, path: v1 + "/journeys/:id/versions", operation: "listVersions", allow: seeWork, handle: s.listVersions},
		{method: get, path: v1 + "/journeys/:id/diff", operation: "getDiff", allow: seeWork, handle: s.getDiff},
		{method: post, path: v1 + "/journeys/:id/diff", operation: "postDiff", allow: seeWork, takes: takesFolder, handle: s.postDiff},
		{method: post, path: v1 + "/journeys/:id/pause", operation: "pauseJourney", allow: authors, takes: takesJSON, handle: s.pauseJourney},
		{method: post, path: v1 + "/journeys/:id/resume", operation: "resumeJourney", allow: authors, takes: takesJSON, handle: s.resumeJourney},
		{method: post, path: v1 + "/journeys/:id/migrate", operation: "migrateJourney", allow: authors, takes: takesJSON, handle: s.migrateJourney},
		{method: post, path: v1 + "/journeys/:id/archive", operation: "archiveJourney", allow: authors, takes: takesJSON, handle: s.archiveJourney},
		{method: post, path: v1 + "/journeys/:id/unarchive", operation: "unarchiveJourney", allow: authors, takes: takesJSON, handle: s.unarchiveJourney},
		{method: post, path: v1 + "/publish", operation: "publishFolder", allow: authors, takes: takesFolder, creates: true, handle: s.publishFolder},
		{method: get, path: v1 + "/workspace/files", operation: "getWorkspaceFiles", allow: seeWork, handle: s.getWorkspaceFiles},
		{method: put, path: v1 + "/workspace/files", operation: "putWorkspaceFiles", allow: authors, takes: takesFolder, handle: s.putWorkspaceFiles},
		{method: get, path: v1 + "/templates", operation: "listTemplates", allow: seeWork, handle: s.listTemplates},
		{method: post, path: v1 + "/templates/sync", operation: "syncTemplates", allow: authors, takes: takesJSON, slow: true, handle: s.syncTemplates},
		{method: get, path: v1 + "/names", operation: "getNames", allow: seeWork, handle: s.getNames},
		{method: get, path: v1 + "/codes/:code", operation: "getCode", allow: seeWork, handle: s.getCode},
		{method: get, path: v1 + "/verbs/:verb", operation: "getVerb", allow: seeWork, handle: s.getVerb},
		{method: get, path: v1 + "/schemas/:kind", operation: "getSchema", allow: seeWork, handle: s.getSchema},

		{method: post, path: v1 + "/journeys/:id/enrollments", operation: "createEnrollment", allow: passages, takes: takesJSON, creates: true, handle: s.createEnrollment},
		{method: get, path: v1 + "/enrollments", operation: "listEnrollments", allow: seePass, handle: s.listEnrollments},
		{method: get, path: v1 + "/enrollments/:id", operation: "getEnrollment", allow: seePass, handle: s.getEnrollment},
		{method: get, path: v1 + "/enrollments/:id/events", operation: "listEnrollmentEvents", allow: seeDesk, handle: s.listHeard},
		{method: post, path: v1 + "/enrollments/:id/unenroll", operation: "unenroll", allow: passages, takes: takesJSON, handle: s.unenroll},

		{method: get, path: v1 + "/messages", operation: "listMessages", allow: seeDesk, handle: s.listMessages},
		{method: get, path: v1 + "/messages/unconfirmed", operation: "listUnconfirmed", allow: seeDesk, handle: s.listUnconfirmed},
		{method: post, path: v1 + "/messages/:id/resolve", operation: "resolveMessage", allow: desk, takes: takesJSON, handle: s.resolveMessage},
		{method: get, path: v1 + "/media/:id", operation: "getMedia", allow: seeDesk, handle: s.getMedia},
		{method: get, path: v1 + "/analytics/messages", operation: "analyzeMessages", allow: seeDesk, handle: s.analyzeMessages},
		{method: get, path: v1 + "/handoffs", operation: "listHandoffs", allow: seeDesk, handle: s.listHandoffs},
		{method: post, path: v1 + "/handoffs/:id/resolve", operation: "resolveHandoff", allow: desk, takes: takesJSON, handle: s.resolveHandoff},

		{method: get, path: v1 + "/providers", operation: "listProviders", allow: admin, handle: s.listProviders},
		{method: get, path: v1 + "/integrations", operation: "listIntegrations", allow: admin, handle: s.listIntegrations},
		{method: post, path: v1 + "/integrations", operation: "createIntegration", allow: admin, takes: takesJSON, creates: true, handle: s.createIntegration},
		{method: get, path: v1 + "/integrations/:id", operation: "getIntegration", allow: admin, handle: s.getIntegration},
		{method: patch, path: v1 + "/integrations/:id", operation: "patchIntegration", allow: admin, takes: takesJSON, handle: s.patchIntegration},
		{method: post, path: v1 + "/integrations/:id/test", operation: "testIntegration", allow: admin, takes: takesJSON, handle: s.testIntegration},
		{method: post, path: v1 + "/integrations/:id/test-message", operation: "sendTestMessage", allow: admin, takes: takesJSON, creates: true, handle: s.sendTestMessage},
		{method: post, path: v1 + "/integrations/:id/enable", operation: "enableIntegration", allow: admin, takes: takesJSON, handle: s.enableIntegration},
		{method: post, path: v1 + "/integrations/:id/disable", operation: "disableIntegration", allow: admin, takes: takesJSON, handle: s.disableIntegration},

		{method: get, path: v1 + "/session", operation: "getSession", open: openToAll, handle: s.getSession},
		{method: post, path: v1 + "/session", operation: "createSession", open: openToAll, takes: takesJSON, handle: s.createSession},
		{method: del, path: v1 + "/session", operation: "deleteSession", open: openToAll, handle: s.deleteSession},
		{method: post, path: v1 + "/session/password", operation: "changePassword", open: openToAll, takes: takesJSON, handle: s.changePassword},
		{method: get, path: v1 + "/users", operation: "listUsers", allow: admin, handle: s.listUsers},
		{method: post, path: v1 + "/users", operation: "createUser", allow: admin, takes: takesJSON, creates: true, handle: s.createUser},
		{method: patch, path: v1 + "/users/:id", operation: "patchUser", allow: admin, takes: takesJSON, handle: s.patchUser},
		{method: post, path: v1 + "/users/:id/link", operation: "createUserLink", allow: admin, takes: takesJSON, creates: true, handle: s.createUserLink},
		{method: get, path: v1 + "/tokens", operation: "listTokens", allow: admin, handle: s.listTokens},
		{method: post, path: v1 + "/tokens", operation: "createToken", allow: admin, takes: takesJSON, creates: true, handle: s.createToken},
		{method: del, path: v1 + "/tokens/:id", operation: "deleteToken", allow: admin, handle: s.deleteToken},
		{method: post, path: v1 + "/resume", operation: "resumeSending", allow: admin, takes: takesJSON, handle: s.resumeSending},
		{method: get, path: v1 + "/notices", operation: "listNotices", allow: admin, handle: s.listNotices},
		{method: get, path: v1 + "/audit", operation: "listAudit", allow: admin, handle: s.listAudit},

		{method: get, path: "/webhooks/:integration_id", operation: "verifyWebhook", open: openToAll, takes: takesRaw, handle: s.webhook},
		{method: post, path: "/webhooks/:integration_id", operation: "receiveWebhook", open: openToAll, takes: takesRaw, handle: s.webhook},
		{method: get, path: "/u/:token", operation: "showUnsubscribe", open: openToAll, handle: s.showUnsubscribe},
		{method: post, path: "/u/:token", operation: "unsubscribe", open: openToAll, handle: s.unsubscribe},
		{method: get, path: "/healthz", operation: "getHealth", open: openToAll, handle: s.getHealth},
		{method: get, path: "/readyz", operation: "getReadiness", open: openToAll, handle: s.getReadiness},
		{method: get, path: "/metrics", operation: "getMetrics", open: openToAll, handle: s.getMetrics},
	}
	if s.Phone != nil {
		list = append(list, s.phoneRoutes()...)
	}
	return list
}

// phoneRoutes are the demo phone's. They need no token and therefore exist only
// with `jornada dev`, for browsers on the same machine.
func (s *server) phoneRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	list := []route{
		{method: get, path: "/phone", operation: "getPhone", handle: phoneFile("index.html", "text/html; charset=utf-8")(s)},
		{method: get, path: "/phone/phone.css", operation: "getPhoneStyle", handle: phoneFile("phone.css", "text/css; charset=utf-8")(s)},
		{method: get, path: "/phone/phone.js", operation: "getPhoneScript", handle: phoneFile("phone.js", "text/javascript; charset=utf-8")(s)},
		{method: get, path: "/phone/words.js", operation: "getPhoneWords", handle: phoneFile("words.js", "text/javascript; charset=utf-8")(s)},
		{method: get, path: "/phone/icon.svg", operation: "getPhoneIcon", handle: phoneFile("icon.svg", "image/svg+xml")(s)},
		{method: get, path: "/dev/outbox", operation: "getPhoneOutbox", handle: s.getPhoneOutbox},
		{method: post, path: "/dev/inbound", operation: "postPhoneInbound", takes: takesJSON, handle: s.postPhoneInbound},
		{method: post, path: "/dev/status", operation: "postPhoneStatus", takes: takesJSON, handle: s.postPhoneStatus},
		{method: get, path: "/dev/clock", operation: "getPhoneClock", handle: s.getPhoneClock},
		{method: get, path: "/dev/channels", operation: "listPhoneChannels", handle: s.listPhoneChannels},
		{method: get, path: "/dev/contacts", operation: "listPhoneContacts", handle: s.listContacts},
		{method: post, path: "/dev/contacts/import", operation: "importPhoneContacts", takes: takesCSV, handle: s.importContacts},
		{method: post, path: "/dev/events/import", operation: "importPhoneEvents", takes: takesCSV, handle: s.importEvents},
		{method: get, path: "/dev/handoffs", operation: "listPhoneHandoffs", handle: s.listHandoffs},
		{method: post, path: "/dev/handoffs/:id/resolve", operation: "resolvePhoneHandoff", takes: takesJSON, handle: s.resolveHandoff},
	}
	for i := range list {
		list[i].open = openToLoopback
	}
	return list
}
