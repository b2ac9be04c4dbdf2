// All workloads, in the order of the report.
import { publishing } from "./publish.mjs";
import { receiving } from "./receive.mjs";

export const WORKLOADS = [receiving, publishing];
