// Edges of the mesh.
uniform vec4 colour;

out vec4 premultiplied;

void main() {
    premultiplied = colour;
}
