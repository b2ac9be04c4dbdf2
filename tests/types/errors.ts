// Errors: each has a code, and whoever deals with all of them is told of a new one. Never run.
import type { ErrorCode, MqttError } from "mqtt-mooring";
import { same } from "./same.js";

same<MqttError["code"], ErrorCode>();
same<MqttError["name"], "MqttError">();
same<MqttError["reasonCode"], number | undefined>();
same<MqttError["reason"], string>();
same<MqttError["userProperties"], [string, string][] | undefined>();
same<MqttError["serverReference"], string | undefined>();
same<MqttError["topic"], string | undefined>();
same<MqttError["packetId"], number | undefined>();
same<MqttError["cause"], unknown>();

declare const error: MqttError;
const platforms: Error = error;
export { platforms };
if (error.code === "QUOTA_EXCEEDED") same<typeof error.code, "QUOTA_EXCEEDED">();
// @ts-expect-error there is no such code
if (error.code === "ECONNREFUSED") throw error;
// @ts-expect-error codes are texts
if (error.code === 135) throw error;

/** What is thrown may be anything; what this package throws is asked for by name. */
export const advice = (thrown: unknown) => {
  if (!(thrown instanceof Error && thrown.name === "MqttError")) throw thrown;
  const { code } = thrown as MqttError;
  switch (code) {
    case "SESSION_IN_USE":
      return "Another tab has this session.";
    case "QUOTA_EXCEEDED":
      return "There is no room.";
    default:
      return code satisfies Exclude<ErrorCode, "SESSION_IN_USE" | "QUOTA_EXCEEDED">;
  }
};
