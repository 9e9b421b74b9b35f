using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// What a beam carries besides jaws and leaves, which a network's card allows or refuses. Read by name, which ESAPI allows
    /// for reading, as the types of these parts differ between versions.
    /// </summary>
    public static class Accessories
    {
        private static readonly Dictionary<string, string> Members = new Dictionary<string, string>
        {
            { "Wedges", "wedge" },
            { "Blocks", "block" },
            { "Trays", "tray" },
            { "Boluses", "bolus" },
            { "Compensator", "compensator" },
            { "Applicator", "applicator" },
            { "IsImagingTreatmentField", "image whose dose counts" } // from 16.1 on
        };

        /// <summary>The names of the accessories of a beam.</summary>
        public static List<string> Of(object beam)
        {
            return Members.Where(member => Has(beam, member.Key)).Select(member => member.Value).ToList();
        }

        private static bool Has(object beam, string name)
        {
            PropertyInfo property = beam.GetType().GetProperty(name);
            object value = property == null ? null : property.GetValue(beam, null);
            if (value is bool)
            {
                return (bool)value;
            }
            IEnumerable several = value as IEnumerable;
            return several == null ? value != null : several.Cast<object>().Any();
        }
    }
}
