export { type DatasetFile, type OpenDatasetOptions, openDataset } from './dataset/open-dataset.js';
