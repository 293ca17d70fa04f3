/** What is dragged: a kind of the palette, or a step by its id. */
export const dragged = { kind: "application/x-jornada-kind", step: "application/x-jornada-step" };
