/** The ready-made journeys, in the order in which they are offered. Their texts stand in ready.ts. */
export const models = ["confirmAppointment", "survey", "missedVisit"] as const;
export type Model = (typeof models)[number];
