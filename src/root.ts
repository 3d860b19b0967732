/** Whether this process may do everything on its machine. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** What to do about it. */
export const rootAdvice = 'nothing here needs it; give the agent an account of its own, as config/apical.service does.';
