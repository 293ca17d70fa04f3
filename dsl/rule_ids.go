package dsl

// ruleStepIDs: a step's id is its only one in the file, former ids included
// (J0107).
func ruleStepIDs(c *checker) {
	lines := map[string]int{}
	use := func(id *Scalar) {
		if id == nil {
			return
		}
		if line, twice := lines[id.Value]; twice {
			c.duplicateID(id, line)
			return
		}
		lines[id.Value] = id.node.line
	}
	c.journey.all(func(s *Step) {
		c.step = s.ID.String()
		use(s.ID)
	})
	c.journey.all(func(s *Step) {
		c.step = s.ID.String()
		for _, was := range s.Was {
			use(was)
		}
	})
}
