import { parentPort, workerData } from 'node:worker_threads';
import { connect } from './connection.js';
import { inspect } from './inspect.js';
import { makeReadOnly } from './pragmas.js';

const { path, busyTimeoutMs } = workerData as { path: string; busyTimeoutMs: number };
const connection = connect(path, busyTimeoutMs);
makeReadOnly(connection);
parentPort?.postMessage(inspect(connection));
