import type { DirectorInstance, DirectorView } from '../director/model.ts';
import type { Touched } from '../inventory/subjects.ts';
import { nameOf, ownerOf } from './belief.ts';
import { createDirectorSide } from './director-side.ts';
import type { Finding, Subject } from './model.ts';
import type { Moment } from './moment.ts';
import { notesOn } from './notes.ts';
import { createPlaces } from './places.ts';
import { createPodHistory } from './pod-history.ts';
import type { BoshDisk, BoshVm, Draft, Rule } from './rule.ts';
import { diskRules, vmRules } from './rules.ts';
import { diskSubject, vmSubject } from './subject.ts';
import { createVerdicts, type Gate, type Outcome } from './verdicts.ts';

/** Compares both sides again and again, and looks only at what may have changed. No clock and no connections: those are its caller's. */
export interface Comparison {
  /** What changed in the cluster since the last look. */
  touch(touched: Touched): void;
  /** @returns whether findings or notes have changed */
  look(moment: Moment): boolean;
  findings(): readonly Finding[];
  notes(): readonly string[];
  /** When to look again though nothing changes, in milliseconds since 1970. */
  due(): number | undefined;
  /** Until when something is watched that may be passing. */
  watching(): number | undefined;
}

/** How a machine must have lived to be one that runs. */
const runningMs = 60_000;

/** @param namespace the one that is read; undefined when all are */
export function createComparison(namespace: string | undefined): Comparison {
  const verdicts = createVerdicts([...vmRules, ...diskRules].map(({ name }) => name));
  const director = createDirectorSide();
  const history = createPodHistory();
  const vmPlaces = createPlaces(namespace);
  const diskPlaces = createPlaces(namespace);
  const dirtyVms = new Set<string>();
  const dirtyDisks = new Set<string>();
  let isAllDirty = true;
  let isLooking = false;
  /** Whether anything of this Director is in this cluster and namespace at all. */
  let isHere = false;
  let notes: readonly string[] = [];

  /** Takes in the Director's side. */
  function hear(view: DirectorView | undefined, now: number): void {
    const before = director.belief();
    const heard = director.hear(view, now);
    if (heard === 'all') isAllDirty = true;
    else {
      for (const name of heard) {
        for (const key of vmPlaces.of(name)) dirtyVms.add(key);
        for (const instance of [before?.vms.get(name), director.belief()?.vms.get(name)]) touchDisks(instance);
      }
    }
  }

  function touchDisks(instance: DirectorInstance | undefined): void {
    for (const cid of instance?.scan?.disks ?? []) {
      for (const key of diskPlaces.of(nameOf(cid))) dirtyDisks.add(key);
    }
  }

  function gateOf(deployment: string | undefined, rules: readonly Rule<never>[]): Gate {
    return {
      isBusy: director.isBusy(deployment),
      quietFrom: director.quietFrom(deployment),
      isFrozen: (rule) =>
        director.state() === 'frozen' && rules.some(({ name, director: asks }) => name === rule && asks !== 'none'),
    };
  }

  /** What the rules that can be asked now say of a case. */
  function judge<C>(
    rules: readonly Rule<C>[],
    one: C,
    subjectOf: (one: C, about: Draft['about']) => Subject,
  ): readonly Outcome[] {
    const outcomes: Outcome[] = [];
    const state = director.state();
    for (const rule of rules) {
      if (rule.director !== 'none' && state === 'frozen') continue;
      if (rule.director === 'needed' && state !== 'live') continue;
      for (const draft of rule.look(one)) {
        const subject = subjectOf(one, draft.about);
        const { name, holdMs } = rule;
        outcomes.push({ rule: name, holdMs, draft: { ...draft, repairs: possible(draft, subject) }, subject });
      }
    }
    return outcomes;
  }

  function possible({ repairs }: Draft, { instance }: Subject): Draft['repairs'] {
    if (director.state() !== 'none' && instance !== undefined) return repairs;
    return repairs.filter((repair) => repair !== 'recreate-instance' && repair !== 'resolve-problem');
  }

  function lookAtVm(key: string, { now, subjects }: Moment): void {
    const vm = subjects.machine(key);
    // of two equal texts the one that was a key before is found faster
    const name = vm.row?.name ?? nameIn(key);
    const isThere =
      vm.row !== undefined || vm.pod !== undefined || (vm.services ?? []).length + (vm.attachments ?? []).length > 0;
    vmPlaces.set(name, key, isThere);
    const known = director.state() === 'live' ? director.belief() : undefined;
    const instance = known?.vms.get(name);
    const orphan = known?.orphanVms.get(name);
    const { isMadeBehind, labels } = history.see(key, vm.pod, isThere || instance !== undefined);
    const owner = known === undefined ? 'unsaid' : ownerOf(labels, known);
    if (owner === 'mine' || (vm.row !== undefined && instance !== undefined)) isHere = true;
    // who has a disk is also a question of whether its machine runs
    if (!isAllDirty) touchDisks(instance);
    const deployment = instance?.deployment ?? orphan?.deployment ?? vm.row?.deployment;
    // what is another Director's is for that one to say, and a whole Director that is elsewhere is no drift
    const isForeign = instance === undefined && orphan === undefined ? owner === 'another' : !isThere && !isHere;
    const isSpared = isForeign || instance?.scan?.ignored === true || known?.inactiveVms.has(name) === true;
    const scan = instance && director.scanOf(instance);
    const bosh: BoshVm | undefined = known && { belief: known, instance, orphan, scan };
    const one = { now, namespace: namespaceIn(key), name, vm, isMadeBehind, bosh };
    const outcomes = isSpared ? [] : judge(vmRules, one, vmSubject);
    verdicts.take('vm', key, outcomes, () => gateOf(deployment, vmRules), now);
  }

  function lookAtDisk(key: string, { now, subjects }: Moment): void {
    const disk = subjects.disk(key);
    const name = disk.row?.name ?? nameIn(key);
    const isThere = disk.row !== undefined;
    diskPlaces.set(name, key, isThere || disk.attachment !== undefined);
    const known = director.state() === 'live' ? director.belief() : undefined;
    const recorded = known?.disks.get(name) ?? [];
    const orphan = known?.orphanDisks?.get(name);
    const owner = known === undefined ? 'unsaid' : ownerOf(disk.row?.labels ?? disk.users[0]?.labels, known);
    if (owner === 'mine') isHere = true;
    const deployment =
      recorded[0]?.deployment ?? orphan?.deployment ?? disk.row?.deployment ?? disk.users[0]?.deployment;
    const isForeign = recorded.length === 0 && orphan === undefined ? owner === 'another' : !isThere && !isHere;
    const isIgnored = recorded.length > 0 && recorded.every(({ scan }) => scan?.ignored === true);
    const bosh: BoshDisk | undefined = known && {
      belief: known,
      active: recorded.filter((instance) => director.scanOf(instance) !== undefined),
      orphan,
      scanned: director.scanned(),
      isRunning: (instance) =>
        vmPlaces.of(nameOf(instance.cid ?? '')).some((place) => {
          const { pod } = subjects.machine(place);
          return pod?.ready === true && pod.state === 'Running' && pod.created + runningMs < now;
        }),
    };
    const one = { now, namespace: namespaceIn(key), name, disk, bosh };
    const outcomes = isForeign || isIgnored ? [] : judge(diskRules, one, diskSubject);
    verdicts.take('disk', key, outcomes, () => gateOf(deployment, diskRules), now);
  }

  function lookAtTouched(moment: Moment): void {
    for (const key of dirtyVms) lookAtVm(key, moment);
    for (const key of dirtyDisks) lookAtDisk(key, moment);
  }

  /** Everything that either side has. The cluster first: it tells where things are, and whether anything of the Director is here. */
  function lookAtAll(moment: Moment): void {
    const { machines, disks } = moment.subjects.all();
    for (const key of machines) dirtyVms.add(key);
    for (const key of disks) dirtyDisks.add(key);
    for (const key of verdicts.keys('vm')) dirtyVms.add(key);
    for (const key of verdicts.keys('disk')) dirtyDisks.add(key);
    lookAtTouched(moment);
    const belief = director.belief();
    if (belief === undefined || director.state() !== 'live') return;
    for (const name of belief.vms.keys()) if (!vmPlaces.has(name)) lookAtVm(onlyOf(vmPlaces.of(name)), moment);
    for (const name of belief.disks.keys()) if (!diskPlaces.has(name)) lookAtDisk(onlyOf(diskPlaces.of(name)), moment);
  }

  return {
    touch({ machines, disks }) {
      for (const key of machines) dirtyVms.add(key);
      for (const key of disks) dirtyDisks.add(key);
    },
    look(moment) {
      const { now, view, freshness } = moment;
      isLooking = freshness.state === 'live';
      // what is known of the cluster may be long over: what was told stays until it can be looked at again
      if (isLooking) {
        hear(view, now);
        for (const key of verdicts.dueBy('vm', now)) dirtyVms.add(key);
        for (const key of verdicts.dueBy('disk', now)) dirtyDisks.add(key);
        const wasHere = isHere;
        if (!isAllDirty) lookAtTouched(moment);
        // that something of it is here makes all that is missing a disagreement
        if (isAllDirty || isHere !== wasHere) lookAtAll(moment);
        isAllDirty = false;
        dirtyVms.clear();
        dirtyDisks.clear();
      }
      const before = notes;
      const next = notesOn(moment, director, isHere);
      if (next.join('\n') !== before.join('\n')) notes = next;
      const isChanged = verdicts.publish();
      return isChanged || notes !== before;
    },
    findings: verdicts.findings,
    notes: () => notes,
    due: () => (isLooking ? verdicts.due() : undefined),
    watching: () => (isLooking ? verdicts.watching() : undefined),
  };
}

function nameIn(key: string): string {
  return key.slice(key.indexOf('/') + 1);
}

function namespaceIn(key: string): string {
  return key.slice(0, key.indexOf('/'));
}

function onlyOf(keys: readonly string[]): string {
  return keys[0] ?? '';
}
