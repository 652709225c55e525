uniform sampler2D picture; // premultiplied, its first row is its top

in vec2 place;

out vec4 colour;

void main() {
    colour = texture(picture, place);
}
