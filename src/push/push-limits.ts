/** How much may be pushed; counted in series as Prometheus sees them, so a histogram counts once a bucket. */
export interface PushLimits {
  readonly seriesPerPush: number;
  /** In all groups together, their push times included. */
  readonly seriesInAll: number;
}

/** The push times of a group. */
export const SERIES_OF_A_GROUP = 2;
