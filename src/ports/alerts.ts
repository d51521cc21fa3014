/** A message for the operator. Sent rarely: only when somebody has to act. */
export interface Alert {
  readonly level: 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW';
  readonly category: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly actionRequired: string;
}

export interface Alerts {
  raise(alert: Alert): Promise<void>;
}
