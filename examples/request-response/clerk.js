// The clerk, who answers. A question names the topic its answer is to go to, and carries data by which its asker knows it again.
import { roman } from "./roman.js";

export const TOPIC = "examples/request-response/roman";
/** Clerks of one group share the work: however many tabs there are, a question goes to one of them. */
const SHARED = `$share/clerks/${TOPIC}`;

/**
 * @param {import("mqtt-mooring").MqttClient} client
 * @param {(error: Error) => void} failed
 */
export const clerk = (client, failed) => {
  client.on("messageIn", (message) => {
    const { responseTopic, correlationData } = message.properties;
    if (!responseTopic) return; // Nobody waits for an answer.
    const [payload, userProperties] = answerTo(message.text());
    client.publish(responseTopic, payload, { qos: 1, correlationData, userProperties }).catch(failed);
  });
  return {
    atTheDesk: () => client.subscribe(SHARED, { qos: 1 }),
    away: () => client.unsubscribe(SHARED),
  };
};

/**
 * That something is wrong with a question is an answer, too. How it is said is between clerk and asker; here it is a User Property.
 * @param {string} question
 * @returns {[payload: string, userProperties: Array<[string, string]>]}
 */
const answerTo = (question) => {
  try {
    return [roman(question), []];
  } catch (error) {
    return ["", [["error", /** @type {Error} */ (error).message]]];
  }
};
