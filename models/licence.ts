// The cards of echonet's weights say MIT, as their repositories did until the licence of 2025-02.
const passedOn =
  'Keep the converted graphs to yourself: they are derived from weights whose licence is between you and their authors. EchoCLIP and EchoPrime: their repositories carry an academic software licence since February 2025 (research use, nothing to be passed on), whatever the card of the weights says.';

/** What may be done with weights that somebody else published; `said` is what the hub's card says. */
export function licenceNote(said: string | undefined): string {
  return said === undefined ? passedOn : `The hub's card says ${said}. ${passedOn}`;
}
