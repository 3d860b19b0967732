import type { WatchReport } from '#domain/watching';

/** A scanner that drifted under one model and is new under another, and a second model beside the first. */
export const watched: WatchReport = {
  scanners: [
    {
      scanner: 'Maker Model',
      site: 'Hospital',
      model: 'd1',
      studies: 150,
      lastAt: 1,
      state: 'drifted',
      measures: [{ measure: 'view score', statistic: 0.6, limit: 0.4, shift: -0.1, drifted: true }],
      embeddingDistance: 0.03,
      refusals: { still: 3 },
      clips: 12,
    },
    {
      scanner: 'Maker Model',
      site: 'Hospital',
      model: 'd0',
      studies: 9,
      lastAt: 0,
      state: 'learning',
      measures: [],
      refusals: {},
      clips: 1,
    },
  ],
  shadows: [
    {
      first: { id: 'a', version: '1', digest: 'd1' },
      second: { id: 'b', version: '2', digest: 'd2' },
      studies: 7,
      findings: [
        {
          id: 'lvef',
          n: 7,
          similarity: { n: 7, mean: 0.01, lower: 0, upper: 0.02 },
          value: { n: 7, mean: 2, lower: -3, upper: 7 },
          answers: { n: 7, agreement: 0.75 },
          oneSided: 0,
        },
      ],
    },
  ],
};
