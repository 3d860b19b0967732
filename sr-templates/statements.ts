/** What stands on every output. */
export const researchOnly = 'For research use only. Not for clinical use.';
/** What stands on every output of weights that know phantoms only. */
export const phantomOnly = 'PHANTOM MODEL, NOT FOR PATIENTS';

export function statements(model: { readonly phantomOnly: boolean }): readonly [string, ...string[]] {
  return model.phantomOnly ? [phantomOnly, researchOnly] : [researchOnly];
}
