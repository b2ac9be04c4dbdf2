// The public types, for whoever imports the package: one room for each concept. The build puts them beside the entry points.
export * from "./types/client.js";
export * from "./types/options.js";
export * from "./types/connecting.js";
export * from "./types/authentication.js";
export * from "./types/publishing.js";
export * from "./types/subscribing.js";
export * from "./types/receiving.js";
export * from "./types/session.js";
export * from "./types/events.js";
export * from "./types/errors.js";
export * from "./types/common.js";
