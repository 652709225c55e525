// A strand's point, lit, and moved sideways so that the strand is a strip that faces the view.
// Light: Kajiya and Kay 1989, with the two highlights of Scheuermann 2004.
uniform mat4 image_from_head;
uniform mat4 view;
uniform float least_half_width;
uniform float width_scale;
uniform float hair_gloss;
in vec3 position;
in vec3 tangent;
in vec3 neutral;
in vec3 colour;
in vec4 visibility;
in float half_width;
in float side;
out vec3 lit_colour;
out vec4 place;
out float cover;
flat out float strand;

vec3 lit(vec3 point, vec3 along_strand) {
    vec3 base = linear(colour);
    vec3 towards = vec3(0.0, 0.0, -1.0);
    vec3 light = vec3(0.0);
    float shadow = mix(0.2, 1.0, key_shadow(point, 0.02, 1));
    for (int i = 0; i < lights; i++) {
        float share = reached(visibility, i) * (i == 0 ? shadow : 1.0);
        float along = dot(along_strand, light_direction[i]);
        float diffuse = 0.75 * sqrt(max(1.0 - along * along, 0.0));
        vec3 half_way = normalize(light_direction[i] + towards);
        float first = dot(along_strand, half_way) + 0.07;
        float second = dot(along_strand, half_way) - 0.10;
        float front = smoothstep(-0.6, 0.3, dot(light_direction[i], towards));
        float sharp = pow(max(1.0 - first * first, 0.0), 90.0);
        float broad = pow(max(1.0 - second * second, 0.0), 24.0);
        light += light_colour[i] * share
            * (base * diffuse + hair_gloss * front * (0.05 * sharp + 0.55 * base * broad));
    }
    vec3 outwards = mat3(image_from_head) * visibility.yzw / width_scale;
    float open = clamp(visibility.x, 0.08, 1.0);
    return toned(light + base * surrounding(normalize(outwards + 0.3 * towards)) * open);
}

void main() {
    vec3 point = (image_from_head * vec4(position, 1.0)).xyz;
    vec3 direction = normalize(mat3(image_from_head) * tangent);
    place = vec4(neutral, point.z);
    vec4 placed = view * vec4(point, 1.0);
    vec2 along = (mat3(view) * direction).xy;
    float reach = max(length(along), 1e-6);
    float width = half_width * width_scale * length(view[0].xyz);
    // A strand thinner than a sample is drawn as wide as one, with holes.
    cover = width / max(width, least_half_width);
    strand = float(gl_VertexID);
    width = max(width, least_half_width);
    gl_Position = placed + vec4(vec2(-along.y, along.x) / reach * side * width, 0.0, 0.0);
    lit_colour = lit(point, direction);
}
