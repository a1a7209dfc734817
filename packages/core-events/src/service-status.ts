/**
 * How a service is doing, in the words that all services share. `ok`: it decides and records.
 * `degraded`: it still does, but something is missing or waiting. `unavailable`: what it is asked
 * now it cannot decide or cannot record, and so it blocks.
 */
export type ServiceStatus = 'ok' | 'degraded' | 'unavailable';
