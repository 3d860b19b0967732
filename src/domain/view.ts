/** Standard views of the transthoracic examination that a view classifier tells apart. */
export const views = ['A2C', 'A3C', 'A4C', 'A5C', 'PLAX', 'PSAX', 'SSN', 'subcostal', 'doppler'] as const;
export type View = (typeof views)[number];

/** What a view classifier makes of a clip. The score is a softmax value: it ranks, it is no probability of being right. */
export type ViewReading =
  | { readonly kind: 'recognised'; readonly view: View; readonly score: number }
  | { readonly kind: 'unsure'; readonly nearest: View; readonly score: number };
