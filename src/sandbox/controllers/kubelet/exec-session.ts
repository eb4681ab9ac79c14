import type { RawData, WebSocket } from 'ws';
import { tailLog } from './container-log.ts';
import type { Machine } from './machine.ts';
import type { CommandResult } from './shell/command.ts';
import { runText } from './shell/script.ts';
import { followedLines } from './shell/tail.ts';
import { isInteractive, type ShellOutput, type ShellSession, startTerminal } from './shell/terminal.ts';

/** v5 is v4 with a way to close a channel. */
export const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 255 } as const;

export interface ExecRequest {
  readonly command: readonly string[];
  readonly tty: boolean;
  readonly stdin: boolean;
}

/** Runs a command over a WebSocket as a kubelet does: output on its channels, the exit code as a Status, the end. */
export function serveExec(client: WebSocket, machine: Machine, request: ExecRequest, run: Machine['run']): void {
  const send = (channel: number, data: string | Buffer) => {
    if (data.length > 0) client.send(Buffer.concat([Buffer.from([channel]), Buffer.from(data)]));
  };
  const output: ShellOutput = {
    write: (data) => send(CHANNEL.stdout, data),
    end(exitCode) {
      send(CHANNEL.status, JSON.stringify(exitStatus(exitCode)));
      client.close(1000);
    },
  };
  const show = ({ stdout, stderr }: CommandResult) => {
    const ends = (text: string) => (request.tty ? text.replaceAll('\n', '\r\n') : text);
    send(CHANNEL.stdout, request.tty ? ends(stdout.toString()) : stdout);
    send(request.tty ? CHANNEL.stdout : CHANNEL.stderr, ends(stderr));
  };
  client.on('error', () => client.terminate());
  const followed = followedLines(request.command.join(' '));
  if (followed !== undefined) {
    const stop = tailLog(
      machine.log(),
      followed,
      (line) => show({ stdout: Buffer.from(line), stderr: '', exitCode: 0 }),
      () => output.end(0),
    );
    client.on('close', stop);
    return;
  }
  if (!request.stdin || !isInteractive(request.command)) {
    const result = run(request.command);
    show(result);
    output.end(result.exitCode);
    return;
  }
  const session = request.tty ? startTerminal(machine, output) : startPipe(machine, output, show);
  client.on('close', () => session.close());
  client.on('message', (data: RawData) => {
    const [channel, ...rest] = data as Buffer;
    const content = Buffer.from(rest);
    if (channel === CHANNEL.stdin) session.input(content);
    if (channel === CHANNEL.close && content[0] === CHANNEL.stdin) session.close();
    if (channel !== CHANNEL.resize) return;
    const { Width, Height } = JSON.parse(content.toString()) as { Width: number; Height: number };
    session.resize(Width, Height);
  });
}

/** A shell that reads lines from a pipe until its end. */
function startPipe(machine: Machine, output: ShellOutput, show: (result: CommandResult) => void): ShellSession {
  let exitCode = 0;
  let rest = '';
  let over = false;
  function end(code: number): void {
    if (!over) output.end(code);
    over = true;
  }
  return {
    input(data) {
      const lines = `${rest}${data}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const [first, code] = line.trim().split(/\s+/);
        if (first === 'exit') end(Number(code ?? exitCode) & 0xff);
        if (over) return;
        const result = runText(machine, line, exitCode);
        exitCode = result.exitCode;
        show(result);
      }
    },
    resize: () => undefined,
    close: () => end(exitCode),
  };
}

function exitStatus(code: number) {
  if (code === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}
