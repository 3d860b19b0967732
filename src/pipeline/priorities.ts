/** Smaller goes first: what is nearly finished goes before what is new, so that a backlog never delays a result already made. */
export const priorities = { writeBack: 10, compose: 20, assess: 30, settle: 40 } as const;
