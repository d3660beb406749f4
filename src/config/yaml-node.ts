/** A YAML document as a tree. An alias is the very node that its anchor names, so nodes can be shared, but never contain themselves. */
export type YamlNode = ScalarNode | SequenceNode | MappingNode;

interface NodePlace {
  /** Where the node begins, in UTF-16 units from the start of the text. */
  readonly offset: number;
  /** An explicit tag in short form, such as `!!binary` or `!own`. */
  readonly tag?: string;
}

export interface ScalarNode extends NodePlace {
  readonly kind: 'scalar';
  /** What is written, escapes and folding resolved, but not yet read as a number, truth value or null. */
  readonly text: string;
  /** Written without quotes and not as a block. */
  readonly plain: boolean;
}

export interface SequenceNode extends NodePlace {
  readonly kind: 'sequence';
  readonly items: readonly YamlNode[];
}

export interface MappingNode extends NodePlace {
  readonly kind: 'mapping';
  readonly pairs: readonly YamlPair[];
}

export interface YamlPair {
  readonly key: YamlNode;
  readonly value: YamlNode;
}
