interface Message {
  /** Milliseconds as Date.now() gives them. */
  readonly at: number;
  readonly agent: string;
  readonly request: string;
  /** Of one that was sent. */
  readonly method: string | undefined;
}

/** How long a Director waits for an answer before it sends the same again (agent_client.rb, its default timeout). */
const patienceMs = 45_000;

const sent = /\[(\S+) #\d+\].* SENT: agent\.(\S+) .*?"method":"(\w+)".*?"reply_to":"[^"]*\.([^".]+)"/;
const received = /\[(\S+) #\d+\].* RECEIVED: director\.[^. ]+\.([^. ]+)\.(\S+) /;

/**
 * The messages of a task's debug log, the Director's whole say about its agents:
 * `D, [2026-11-23T04:25:49.904663 #4633] ... SENT: agent.<id> {"method":"ping",...,"reply_to":"director.<process>.<id>.<request>"}`.
 */
function messagesOf(log: string): readonly Message[] {
  return log.split('\n').flatMap((line) => {
    const out = sent.exec(line);
    const [, time = '', agent = '', request = ''] =
      out === null ? (received.exec(line) ?? []) : [out[0], out[1], out[2], out[4]];
    return time === '' ? [] : [{ at: Date.parse(`${time}Z`), agent, request, method: out?.[3] }];
  });
}

/** When each agent answered its first ping of a task, in milliseconds as Date.now() gives them. */
export function firstAnswers(log: string): ReadonlyMap<string, number> {
  const messages = messagesOf(log);
  const pings = new Set(messages.flatMap(({ method, request }) => (method === 'ping' ? [request] : [])));
  const answers = new Map<string, number>();
  for (const { method, request, agent, at } of messages)
    if (method === undefined && pings.has(request) && !answers.has(agent)) answers.set(agent, at);
  return answers;
}

/**
 * Agents that a request was lost on, so that the Director waited its whole 45 s: it had no answer, and what it sent next
 * to the same agent came that much later.
 */
export function lostRequests(log: string): readonly string[] {
  const messages = messagesOf(log);
  const answered = new Set(messages.flatMap(({ method, request }) => (method === undefined ? [request] : [])));
  const lost = messages.filter(({ agent, request, method, at }, index) => {
    if (method === undefined || answered.has(request)) return false;
    const next = messages.slice(index + 1).find((each) => each.agent === agent && each.method !== undefined);
    return next !== undefined && next.at - at >= patienceMs - 1000;
  });
  return [...new Set(lost.map(({ agent }) => agent))];
}
