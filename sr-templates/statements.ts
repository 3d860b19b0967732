/** What stands on every output. */
export const researchOnly = 'For research use only. Not for clinical use.';
/** What stands on every output of weights that know phantoms only. */
export const phantomOnly = 'PHANTOM MODEL, NOT FOR PATIENTS';
/** What stands first in a report that precedes the report. */
export const preliminary =
  'PRELIMINARY: one clip, assessed while the study was still arriving. The report of the whole study replaces this one.';
/** What stands in a report that answers nothing: its run status alone reads as "nothing found". */
export const nothingAssessed = 'The algorithm ran; nothing was assessed. This says neither normal nor abnormal.';

export function statements(model: { readonly phantomOnly: boolean }): readonly [string, ...string[]] {
  return model.phantomOnly ? [phantomOnly, researchOnly] : [researchOnly];
}
