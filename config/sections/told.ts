import { z } from 'zod';

/** What a destination is told of, beside its reports. */
export const told = (usual: { readonly preliminary: boolean; readonly onlyByRule: boolean }) => ({
  onlyByRule: z
    .boolean()
    .default(usual.onlyByRule)
    .describe('Told only of studies that meet a rule which names it in `notify`, and of what was withdrawn there.'),
  preliminary: z
    .boolean()
    .default(usual.preliminary)
    .describe('Sent the preliminary report too, of one clip while the study still arrives.'),
});
