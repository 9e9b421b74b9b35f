using System;
using System.Reflection;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// Display colour of a structure. ESAPI gives it as a colour of WPF, which Mono and the mock lack, so it is read by
    /// name; ESAPI allows reflection for reading.
    /// </summary>
    public static class StructureColour
    {
        private static readonly int[] Unknown = { 128, 128, 128 };

        /// <summary>Red, green, blue, 0 to 255; grey where ESAPI does not tell.</summary>
        public static int[] Of(Structure structure)
        {
            PropertyInfo property = typeof(Structure).GetProperty("Color");
            if (property == null)
            {
                return Unknown;
            }
            object colour = property.GetValue(structure, null);
            return new[] { Part(colour, "R"), Part(colour, "G"), Part(colour, "B") };
        }

        private static int Part(object colour, string name)
        {
            return Convert.ToInt32(colour.GetType().GetProperty(name).GetValue(colour, null));
        }
    }
}
