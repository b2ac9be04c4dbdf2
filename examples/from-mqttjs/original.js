// A chat room with MQTT.js: the program as it was.
import mqtt from "mqtt";

/** @type {import("../side-by-side.js").Join} */
export const join = (url, name, view) => {
  const client = mqtt.connect(url, {
    clientId: `room-${name}`,
    clean: false,
    will: { topic: `room/who/${name}`, payload: "gone", qos: 1, retain: true },
  });

  client.on("connect", () => {
    view.status("online");
    client.publish(`room/who/${name}`, "here", { qos: 1, retain: true });
  });
  client.on("message", (topic, payload, packet) => {
    view.message(topic, payload.toString(), packet.qos, packet.retain);
  });
  client.on("close", () => view.status("offline"));
  client.on("error", (error) => view.problem(error.message));
  client.subscribe("room/#", { qos: 2 }, (error) => error && view.problem(error.message));

  return {
    say: (text) => {
      client.publish("room/said", text, { qos: 2 }, (error) => {
        if (error) view.problem(error.message);
        else view.delivered(text);
      });
    },
    leave: () => {
      client.publish(`room/who/${name}`, "gone", { qos: 1, retain: true }, () => client.end());
    },
  };
};
