import type { Validator } from 'typebox/compile';
import { Settings } from 'typebox/system';
import { asFragment, escapeToken } from './pointer.ts';
import { detailOf } from './mistake-detail.ts';

/** One thing wrong with a value. Never holds the value itself. */
export interface Mistake {
  /** JSON Pointer in URI-fragment form: `#/items/0/sku`. */
  readonly pointer: string;
  readonly detail: string;
}

/** How many mistakes one answer names. */
export const MAX_MISTAKES = 50;

/** A finding of TypeBox about one place, on its way to becoming a mistake. */
export interface Finding {
  readonly keyword: string;
  readonly schemaPath: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
}

/** TypeBox reports up to three findings for what a person calls one mistake, so that it must be let to report more than we name. */
const MAX_FINDINGS = 20 * MAX_MISTAKES;

/**
 * Everything wrong with `value`, at most 50 mistakes, each pointing at the member it is about: a missing or unknown member is
 * pointed at itself. Empty when the schema accepts the value. Names and rules are told, values never.
 */
export function mistakesOf(validator: Validator, value: unknown): Mistake[] {
  const findings = settleUnions(allFindings(validator, value).flatMap(onePerMember));
  const mistakes = new Map<string, Mistake>();
  for (const finding of findings) {
    const mistake = {
      pointer: asFragment(finding.instancePath),
      detail: detailOf(finding, validator.Type()),
    };
    mistakes.set(`${mistake.pointer} ${mistake.detail}`, mistake);
    if (mistakes.size === MAX_MISTAKES) break;
  }
  return [...mistakes.values()];
}

/** The limit is a global of TypeBox, meant for others too: it is raised for this call only. */
function allFindings(validator: Validator, value: unknown): Finding[] {
  const { maxErrors } = Settings.Get();
  Settings.Set({ maxErrors: MAX_FINDINGS });
  try {
    return validator.Errors(value);
  } finally {
    Settings.Set({ maxErrors });
  }
}

function onePerMember(finding: Finding): Finding[] {
  // Each unknown member has been reported by itself before this summary.
  if (finding.keyword === 'additionalProperties') return [];
  if (finding.keyword !== 'required') return [finding];
  const { requiredProperties } = finding.params as { requiredProperties: string[] };
  return requiredProperties.map((name) => ({
    ...finding,
    instancePath: `${finding.instancePath}/${escapeToken(name)}`,
  }));
}

/**
 * A value that fits no branch of a union is reported once per branch. Kept is what helps: the choice between constants, or the
 * mistakes within the branch that was evidently meant.
 */
function settleUnions(findings: readonly Finding[]): Finding[] {
  const settled: Finding[] = [];
  for (const finding of findings) {
    if (finding.keyword !== 'anyOf' && finding.keyword !== 'oneOf') {
      settled.push(finding);
      continue;
    }
    const prefix = `${finding.schemaPath}/${finding.keyword}/`;
    const branches = new Map<string, Finding[]>();
    while (settled.length > 0 && isWithin(settled.at(-1) as Finding, prefix, finding.instancePath)) {
      const inner = settled.pop() as Finding;
      const branch = inner.schemaPath.slice(prefix.length).split('/', 1)[0] as string;
      branches.set(branch, [inner, ...(branches.get(branch) ?? [])]);
    }
    settled.push(...whatHelps(finding, [...branches.values()].reverse()));
  }
  return settled;
}

function isWithin(finding: Finding, schemaPrefix: string, instancePath: string): boolean {
  return (
    finding.schemaPath.startsWith(schemaPrefix) && `${finding.instancePath}/`.startsWith(`${instancePath}/`)
  );
}

function whatHelps(union: Finding, branches: readonly Finding[][]): Finding[] {
  if (branches.length === 0) return [union];
  const undecided = (branches[0] as Finding[]).find(({ instancePath }) =>
    isUndecided(branches, instancePath),
  );
  if (undecided) {
    const choices = branches.flatMap((branch) => choicesAt(branch, undecided.instancePath));
    return [{ ...undecided, keyword: 'choice', params: { choices } }];
  }
  const misfits = (branch: Finding[]): number =>
    branch.filter(({ keyword }) => isChoice(keyword)).length * MAX_FINDINGS + branch.length;
  return [...branches].sort((one, other) => misfits(one) - misfits(other))[0] as Finding[];
}

/** True when every branch refuses the value of this member, each for wanting another one: it should have told the branches apart. */
function isUndecided(branches: readonly Finding[][], instancePath: string): boolean {
  const wanted = branches.map((branch) => choicesAt(branch, instancePath));
  return (
    wanted.every((choices) => choices.length > 0) &&
    new Set(wanted.map((choices) => JSON.stringify(choices.map(wantedBy)))).size > 1
  );
}

/** What a finding would have taken, wherever in the schema it stands: a union within each branch may be the same one. */
function wantedBy({ keyword, params }: Finding): unknown {
  return keyword === 'choice' ? (params as { choices: Finding[] }).choices.map(wantedBy) : params;
}

function choicesAt(branch: readonly Finding[], instancePath: string): Finding[] {
  return branch.filter((finding) => finding.instancePath === instancePath && isChoice(finding.keyword));
}

/** Rules that say which values there are, and so tell the branches of a union apart. */
function isChoice(keyword: string): boolean {
  return keyword === 'const' || keyword === 'enum' || keyword === 'type' || keyword === 'choice';
}
