// Package graph draws a journey: as a Mermaid flowchart, which Markdown pages
// show, and as an SVG that stands alone, without scripts, fonts or addresses.
//
//	folder, _ := dsl.Load(files)
//	picture := graph.Of(folder.Journeys[0], folder.Plans["confirm_appointment"], diag.Portuguese)
//	os.WriteFile("journey.svg", picture.SVG(), 0o644)
//
// The arrows are the plan's own edges, so a picture cannot show what a journey
// does not do. The nesting of the file gives the layout: a list of steps runs
// straight down, branches stand to the right of the step that owns them, and meet
// again above the next one. That is the order in which the file is read, which a
// general layout of layers would not keep.
package graph
