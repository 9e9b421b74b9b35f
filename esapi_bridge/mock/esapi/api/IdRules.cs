// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using EsapiBridge.Mock;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>
    /// Identifiers (row 34): 13 characters for plans and courses (length assumed from community code), 16 for others,
    /// not empty, and unique among siblings whatever the case.
    /// </summary>
    internal static class IdRules
    {
        private const int PlanLength = 13;
        private const int OtherLength = 16;

        /// <summary>What is wrong with an identifier; null if nothing is.</summary>
        internal static string Fault(string id, ApiDataObject item)
        {
            return Fault(id, item is PlanningItem || item is Course ? PlanLength : OtherLength, Siblings(item));
        }

        /// <summary>What is wrong with the identifier of a structure to be.</summary>
        internal static string StructureFault(string id, StructureSetState set)
        {
            return Fault(id, OtherLength, set.Structures.Select(s => s.Id));
        }

        private static string Fault(string id, int longest, IEnumerable<string> used)
        {
            if (string.IsNullOrEmpty(id) || id.Trim() != id)
            {
                return "expected an identifier without blanks around it, found none or blanks";
            }
            if (id.Length > longest)
            {
                return "expected an identifier of at most " + longest + " characters, found " + id.Length;
            }
            return used.Contains(id, StringComparer.OrdinalIgnoreCase)
                ? "expected an identifier that is not in use, found one that is" : null;
        }

        /// <summary>Refuses an identifier as the identifier's setter does.</summary>
        internal static void Require(string id, ApiDataObject item)
        {
            string fault = Fault(id, item);
            if (fault != null)
            {
                throw new ArgumentException(fault);
            }
        }

        /// <summary>The first of STEM1, STEM2, ... that is free.</summary>
        internal static string Fresh(string stem, IEnumerable<string> used)
        {
            HashSet<string> taken = new HashSet<string>(used, StringComparer.OrdinalIgnoreCase);
            return Enumerable.Range(1, taken.Count + 1)
                .Select(n => stem + n.ToString(CultureInfo.InvariantCulture)).First(id => !taken.Contains(id));
        }

        private static IEnumerable<string> Siblings(ApiDataObject item)
        {
            if (item is Course)
            {
                return item.Patients.Courses.Where(c => c != item.State).Select(c => c.Id);
            }
            StructureState structure = item.State as StructureState;
            if (structure != null)
            {
                return structure.Set.Structures.Where(s => s != structure).Select(s => s.Id);
            }
            if (item is StructureSet)
            {
                return item.Patients.StructureSets.Where(s => s != item.State).Select(s => s.Id);
            }
            PlanState plan = item.State as PlanState;
            if (plan != null)
            {
                return plan.Course.Plans.Where(p => p != plan).Select(p => p.Id);
            }
            PlanSumState sum = item.State as PlanSumState;
            if (sum != null)
            {
                return sum.Course.Sums.Where(s => s != sum).Select(s => s.Id);
            }
            Beam beam = item as Beam;
            return !ReferenceEquals(beam, null)
                ? beam.PlanState.Beams.Where(b => b != item.State).Select(b => b.Id) : Enumerable.Empty<string>();
        }
    }

    /// <summary>Checks identifiers before they are set.</summary>
    public static class TypeBasedIdValidator
    {
        /// <summary>Whether an identifier suits an object; the reason is appended where it does not.</summary>
        public static bool IsValidId(string id, ApiDataObject dataObject, StringBuilder errorHint)
        {
            string fault = IdRules.Fault(id, dataObject);
            if (fault != null && errorHint != null)
            {
                errorHint.Append(fault);
            }
            return fault == null;
        }

        /// <summary>Throws <see cref="ArgumentException"/> if an identifier does not suit an object.</summary>
        public static void ThrowIfNotValidId(string id, ApiDataObject dataObject)
        {
            IdRules.Require(id, dataObject);
        }
    }
}
