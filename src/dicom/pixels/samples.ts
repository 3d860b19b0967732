/** One decoded frame before colour: `data` has rows × columns × channels values. */
export interface Samples {
  readonly data: Uint8Array | Uint16Array;
  readonly channels: number;
  /** True where all values of a channel stand together. */
  readonly isPlanar: boolean;
  /** What the channels mean, after whatever the codec has undone. */
  readonly photometricInterpretation: string;
}
