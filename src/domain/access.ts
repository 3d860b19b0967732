/** A request over HTTP that was answered. Its query may name a patient: it goes to the audit log alone. */
export interface Access {
  readonly method: string;
  /** The pattern of its address. */
  readonly route: string;
  readonly status: number;
  readonly address: string;
  readonly user?: string;
  readonly study?: string;
  readonly query: string;
}
