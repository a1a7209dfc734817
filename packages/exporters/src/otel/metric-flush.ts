/** What an exporter of OpenTelemetry metrics has, as far as it matters here. */
export interface MetricExport {
  export(metrics: never, done: (result: MetricExportResult) => void): void;
}

/** The answer to an export; 0 is success. */
export interface MetricExportResult {
  readonly code: number;
  readonly error?: Error;
}

/** An exporter that is watched, and a flush that tells whether it delivered. */
export interface WatchedMetricExport<Exporter extends MetricExport> {
  /** Give this one to the reader of the meter's provider. */
  readonly exporter: Exporter;
  /**
   * Runs a flush such as `() => provider.forceFlush()`, for `createMetricSink`.
   *
   * @throws when the exporter refused or did not answer what the flush gave it.
   */
  flush(run: () => Promise<void>): Promise<void>;
}

/** A flush that comes while an interval's export is under way sends nothing; then it is run again. */
const ATTEMPTS = 5;

/**
 * Watches an exporter of metrics. The periodic reader of OpenTelemetry reports a failed export to a
 * global handler only: its provider's `forceFlush` succeeds all the same, so that a sink would move
 * on from records that nobody received.
 */
export function watchMetricExport<Exporter extends MetricExport>(
  exporter: Exporter,
): WatchedMetricExport<Exporter> {
  let [begun, taken] = [0, 0];
  let refusal: Error | undefined;
  const underWay = new Set<Promise<void>>();

  const watched: MetricExport['export'] = (metrics, done) => {
    begun += 1;
    let settle = (): void => undefined;
    const answered = new Promise<void>((resolve) => {
      settle = resolve;
    }).finally(() => underWay.delete(answered));
    underWay.add(answered);
    exporter.export(metrics, (result) => {
      if (result.code === 0) taken += 1;
      else refusal = result.error ?? new Error('the exporter refused');
      settle();
      done(result);
    });
  };

  async function flush(run: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const late = underWay.size > 0;
      await Promise.all(underWay);
      [begun, taken, refusal] = [0, 0, undefined];
      await run();
      if (refusal !== undefined) throw refusal;
      if (taken < begun) throw new Error('the exporter did not answer in time');
      if (begun > 0 || !late) return;
      if (attempt === ATTEMPTS) throw new Error('another export was always in progress');
    }
  }

  const proxy = new Proxy(exporter, {
    get(target, name) {
      if (name === 'export') return watched;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  return { exporter: proxy, flush };
}
