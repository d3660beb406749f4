/**
 * A node of a YAML document. An alias is the same object as the node that it names, so nodes can be shared; they never
 * contain themselves.
 */
export type YamlNode = ScalarNode | SequenceNode | MappingNode;

interface NodePlace {
  /** The start of the node, in UTF-16 units from the start of the text. */
  readonly offset: number;
  /** An explicit tag in short form, such as `!!binary` or `!own`. */
  readonly tag?: string;
}

/** A text, number, boolean or null, not yet told apart. */
export interface ScalarNode extends NodePlace {
  readonly kind: 'scalar';
  /** The text with escapes and folding resolved. */
  readonly text: string;
  /** Whether the text has neither quotes nor block style. */
  readonly plain: boolean;
}

/** A list. */
export interface SequenceNode extends NodePlace {
  readonly kind: 'sequence';
  readonly items: readonly YamlNode[];
}

/** A mapping, with its pairs in the order of the file. Keys may occur twice. */
export interface MappingNode extends NodePlace {
  readonly kind: 'mapping';
  readonly pairs: readonly YamlPair[];
}

/** A key of a mapping and its value. */
export interface YamlPair {
  readonly key: YamlNode;
  readonly value: YamlNode;
}
