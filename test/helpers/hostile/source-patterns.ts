import ts from 'typescript';

/** A regular expression in a source file. */
export interface SourcePattern {
  /** `file:line`. */
  readonly place: string;
  readonly source: string;
  readonly flags: string;
}

/** What a source file has of regular expressions. */
export interface SourcePatterns {
  readonly patterns: readonly SourcePattern[];
  /** The places of those that are put together from what only the running program knows. */
  readonly unknown: readonly string[];
}

/**
 * Every regular expression of a file: the literals, and what `RegExp` makes of texts that are constants of the same
 * file.
 */
export function patternsOf(file: string, text: string): SourcePatterns {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const patterns: SourcePattern[] = [];
  const unknown: string[] = [];
  const visit = (node: ts.Node): void => {
    const place = `${file}:${tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1}`;
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      patterns.push({ place, source: node.text.slice(1, end), flags: node.text.slice(end + 1) });
    } else if (isRegExpCall(node)) {
      const [source, flags] = (node.arguments ?? []).map((argument) => constantText(argument, tree));
      if (source === undefined || (node.arguments?.length === 2 && flags === undefined)) unknown.push(place);
      else patterns.push({ place, source, flags: flags ?? '' });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return { patterns, unknown };
}

function isRegExpCall(node: ts.Node): node is ts.NewExpression | ts.CallExpression {
  return (
    (ts.isNewExpression(node) || ts.isCallExpression(node)) &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === 'RegExp'
  );
}

/** The text that an expression stands for, if it is made of literals and of constants of the file's top level. */
function constantText(node: ts.Expression, tree: ts.SourceFile): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isIdentifier(node)) return constantNamed(node.text, tree);
  if (!ts.isTemplateExpression(node)) return undefined;
  let text = node.head.text;
  for (const span of node.templateSpans) {
    const part = constantText(span.expression, tree);
    if (part === undefined) return undefined;
    text += part + span.literal.text;
  }
  return text;
}

function constantNamed(name: string, tree: ts.SourceFile): string | undefined {
  for (const statement of tree.statements) {
    if (!ts.isVariableStatement(statement) || (statement.declarationList.flags & ts.NodeFlags.Const) === 0) continue;
    for (const { name: declared, initializer } of statement.declarationList.declarations) {
      if (ts.isIdentifier(declared) && declared.text === name && initializer !== undefined) {
        return constantText(initializer, tree);
      }
    }
  }
  return undefined;
}
