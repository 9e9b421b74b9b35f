using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Scripts
{
    /// <summary>Reference points of a patient. Read by name, which ESAPI allows for reading, as 15 has not the member.</summary>
    public static class ReferencePoints
    {
        /// <summary>Their ids; empty where this version does not tell.</summary>
        public static List<string> Of(Patient patient)
        {
            PropertyInfo property = patient.GetType().GetProperty("ReferencePoints");
            IEnumerable points = property == null ? null : property.GetValue(patient, null) as IEnumerable;
            return points == null ? new List<string>() : points.OfType<ApiDataObject>().Select(point => point.Id).ToList();
        }
    }
}
