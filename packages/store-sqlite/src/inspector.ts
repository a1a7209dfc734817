import { parentPort, workerData } from 'node:worker_threads';
import { connect } from './connection.js';
import type { SqliteDriver } from './driver.js';
import { inspect } from './inspect.js';
import { makeReadOnly } from './pragmas.js';

const { path, busyTimeoutMs, driver, comparedTo } = workerData as {
  path: string;
  busyTimeoutMs: number;
  driver: SqliteDriver;
  comparedTo: number;
};
const connection = connect(path, busyTimeoutMs, driver);
makeReadOnly(connection);
parentPort?.postMessage(inspect(connection, comparedTo));
