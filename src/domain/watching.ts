/** What the agent sees of itself: per scanner and site whether studies still look as they did, and how a second model differs. */
export interface WatchReport {
  readonly scanners: readonly ScannerReport[];
  readonly shadows: readonly ShadowReport[];
}

/** A scanner at a site, under one model. */
export interface ScannerReport {
  readonly scanner: string;
  readonly site: string;
  /** Digest of the model. */
  readonly model: string;
  readonly studies: number;
  readonly lastAt: number;
  /** Until there are as many studies as both windows hold, nothing is judged. */
  readonly state: 'learning' | 'steady' | 'drifted';
  readonly measures: readonly Drift[];
  /** 1 minus the cosine between the mean embeddings of the two windows. */
  readonly embeddingDistance?: number;
  /** Clips of the latest studies that were not looked at, by reason; and all of them. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly clips: number;
}

/** How one measure of the latest studies lies to those of the reference window. */
export interface Drift {
  readonly measure: string;
  /** Largest difference of the two distributions, 0 to 1 (Kolmogorov and Smirnov). */
  readonly statistic: number;
  /** What chance alone exceeds once in ten thousand windows. */
  readonly limit: number;
  /** Median of the latest minus that of the reference. */
  readonly shift: number;
  readonly drifted: boolean;
}

/** Two models that were asked the same. */
export interface ShadowReport {
  readonly first: ModelName;
  readonly second: ModelName;
  readonly studies: number;
  readonly findings: readonly FindingDisagreement[];
}
export interface ModelName {
  readonly id: string;
  readonly version: string;
  readonly digest: string;
}

/** How two models differ over one question; second minus first. */
export interface FindingDisagreement {
  readonly id: string;
  readonly n: number;
  readonly similarity: Difference;
  /** Of measured values, in the unit of the finding. */
  readonly value?: Difference;
  /** Of coded answers. */
  readonly answers?: { readonly n: number; readonly agreement: number; readonly kappa?: number };
  /** Studies of which one model answered and the other did not. */
  readonly oneSided: number;
}

/** Mean difference and its limits of agreement, plus and minus 1.96 standard deviations (Bland and Altman 1986). */
export interface Difference {
  readonly n: number;
  readonly mean: number;
  readonly lower: number;
  readonly upper: number;
}
