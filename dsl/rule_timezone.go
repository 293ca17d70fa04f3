package dsl

import "jornada/dsl/diag"

// ruleTimezone: local times need a zone, the journey's or the workspace's
// (J0104).
func ruleTimezone(c *checker) {
	if c.journey.node.get("timezone") == nil && c.ws.Timezone == "" {
		c.report("J0104", c.journey.node.headSpan(), diag.T("a journey needs `timezone`", "falta `timezone` em uma jornada")).
			Hint = diag.T("add `timezone: America/Sao_Paulo`, here or in workspace.yaml", "acrescente `timezone: America/Sao_Paulo`, aqui ou no workspace.yaml")
	}
}
