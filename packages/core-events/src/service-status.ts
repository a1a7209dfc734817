/**
 * The status of a service, in words that all services share. `ok`: it decides and records.
 * `degraded`: it still does, but something is missing or pending. `unavailable`: it cannot decide
 * or record at present, so it blocks.
 */
export type ServiceStatus = 'ok' | 'degraded' | 'unavailable';
