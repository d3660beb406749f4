// A rule for ESLint: no plain object is asked by a name that came from elsewhere. Every plain object has `constructor`,
// `toString` and `__proto__`, so that a look-up by any text takes a Map, a Set, or `ownValue` and `setOwnValue`
// (src/values/own-value.ts).
import ts from 'typescript';

const REFLECTIVE = new Set(['get', 'has', 'set']);
const CASTS = new Set(['TSAsExpression', 'TSTypeAssertion', 'TSNonNullExpression', 'TSSatisfiesExpression']);
const ANY_TEXT = ts.TypeFlags.Any | ts.TypeFlags.String | ts.TypeFlags.TemplateLiteral | ts.TypeFlags.StringMapping;

/** Takes typed linting: the parser has to give the types. */
export const noForeignNames = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      lookUp: 'An object is asked by any text here, and has `constructor` and the like: take a Map, or ownValue().',
      isIn: 'Every object has `constructor` and the like `in` it: take a Map or a Set, or Object.hasOwn().',
    },
  },
  create: (context) => {
    const services = context.sourceCode.parserServices;
    const checker = services.program.getTypeChecker();
    const typeOf = (node) => services.getTypeAtLocation(withoutCasts(node));
    const check = (node, object, key, messageId) => {
      if (isKeyOfLoop(object, key, context.sourceCode)) return;
      if (isAnyText(typeOf(key), typeOf(object), checker)) context.report({ node, messageId });
    };
    return {
      MemberExpression: (node) => {
        if (node.computed) check(node, node.object, node.property, 'lookUp');
      },
      // `const { [name]: value } = object` asks as `object[name]` does.
      'ObjectPattern > Property[computed=true]': (node) => check(node, node.parent, node.key, 'lookUp'),
      'BinaryExpression[operator="in"]': (node) => {
        if (node.left.type !== 'PrivateIdentifier') check(node, node.right, node.left, 'isIn');
      },
      'CallExpression[callee.object.name="Reflect"]': (node) => {
        const [object, key] = node.arguments;
        if (key !== undefined && REFLECTIVE.has(node.callee.property.name)) check(node, object, key, 'lookUp');
      },
    };
  },
};

/** `name as keyof typeof TABLE` is what `name` is. */
function withoutCasts(node) {
  return CASTS.has(node.type) ? withoutCasts(node.expression) : node;
}

/** Within `for (const key in object)`, `object[key]` asks for what is there. */
function isKeyOfLoop(object, key, sourceCode) {
  if (key.type !== 'Identifier') return false;
  const [definition] =
    sourceCode.getScope(key).references.find(({ identifier }) => identifier === key)?.resolved?.defs ?? [];
  const loop = definition?.node.parent?.parent;
  return loop?.type === 'ForInStatement' && sourceCode.getText(loop.right) === sourceCode.getText(object);
}

/** Whether the type lets every text in, alone or among others; `keyof` and unions of literals do not. */
function isAnyText(key, object, checker) {
  if (key.isUnionOrIntersection()) return key.types.some((part) => isAnyText(part, object, checker));
  if ((key.flags & ts.TypeFlags.TypeParameter) === 0) return (key.flags & ANY_TEXT) !== 0;
  // The names of a `Record<Name, number>` are the ones that it was made for, whatever they are.
  if (isMadeOf(object, key)) return false;
  const bound = checker.getBaseConstraintOfType(key);
  return bound !== undefined && isAnyText(bound, object, checker);
}

function isMadeOf(object, parameter) {
  return (object.aliasTypeArguments ?? []).some((argument) => argument === parameter || isMadeOf(argument, parameter));
}
