// All workloads, in the order of the report.
import { durability } from "./durable.mjs";
import { heap } from "./heap.mjs";
import { loading } from "./load.mjs";
import { mosquitto } from "./mosquitto.mjs";
import { oneAtATime, publishing } from "./publish.mjs";
import { receiving } from "./receive.mjs";
import { replaying } from "./replay.mjs";
import { saving } from "./saving.mjs";
import { tasks } from "./tasks.mjs";

export const WORKLOADS = [receiving, publishing, oneAtATime, durability, replaying, saving, loading, heap, tasks, mosquitto];
