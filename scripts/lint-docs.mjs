// A rule for ESLint: every export has a docstring that stands directly above it. Of a function's overloads the first
// one needs it.

/** The name that a declaration exports; undefined for a pattern. */
function nameOf(declaration) {
  return declaration.id?.name ?? declaration.declarations?.[0]?.id.name;
}

/** Works on syntax alone. */
export const exportsHaveDocs = {
  meta: { type: 'suggestion', schema: [], messages: { missing: '`{{name}}` is exported without a docstring.' } },
  create: (context) => ({
    'Program > ExportNamedDeclaration[declaration]': (node) => {
      const { sourceCode } = context;
      const siblings = node.parent.body;
      const before = siblings[siblings.indexOf(node) - 1]?.declaration;
      const name = nameOf(node.declaration);
      if (before?.type === 'TSDeclareFunction' && nameOf(before) === name) return;
      const comment = sourceCode.getCommentsBefore(node).at(-1);
      const isDoc = comment?.type === 'Block' && comment.value.startsWith('*');
      if (isDoc && comment.loc.end.line === node.loc.start.line - 1) return;
      context.report({ node, messageId: 'missing', data: { name: name ?? 'this' } });
    },
  }),
};
