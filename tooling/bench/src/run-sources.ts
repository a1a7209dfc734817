import { register } from 'node:module';

register('./source-loader.js', import.meta.url);
