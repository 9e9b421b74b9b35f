// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Globalization;

namespace VMS.TPS.Common.Model.Types
{
    /// <summary>
    /// A dose together with its unit. It behaves as System.Double does, with Undefined for not-a-number (DoseValue,
    /// ESAPI 18). Values of different units do not mix: ordering, adding, subtracting or dividing them throws
    /// <see cref="ArithmeticException"/> (row 11); that an undefined one mixes with all is known (row 42).
    /// </summary>
    public struct DoseValue : IComparable<DoseValue>, IEquatable<DoseValue>
    {
        /// <summary>Unit of dose.</summary>
        public enum DoseUnit
        {
            /// <summary>Not known.</summary>
            Unknown = 0,
            /// <summary>Gray.</summary>
            Gy = 1,
            /// <summary>Centigray.</summary>
            cGy = 2,
            /// <summary>Per cent of the prescription.</summary>
            Percent = 3
        }

        private readonly double _dose;
        private readonly DoseUnit _unit;

        /// <summary>Makes a dose of a number and the name of its unit: "Gy", "cGy" or "%".</summary>
        public DoseValue(double value, string unitName)
        {
            _dose = value;
            _unit = unitName == "Gy" ? DoseUnit.Gy
                : unitName == "cGy" ? DoseUnit.cGy
                : unitName == "%" || unitName == "Percent" ? DoseUnit.Percent
                : DoseUnit.Unknown;
        }

        /// <summary>Makes a dose of a number and its unit.</summary>
        public DoseValue(double value, DoseUnit unit)
        {
            _dose = value;
            _unit = unit;
        }

        /// <summary>The number; not a number if undefined.</summary>
        public double Dose { get { return _dose; } }

        /// <summary>The unit.</summary>
        public DoseUnit Unit { get { return _unit; } }

        /// <summary>The unit as text.</summary>
        public string UnitAsString
        {
            get
            {
                switch (_unit)
                {
                    case DoseUnit.Gy: return "Gy";
                    case DoseUnit.cGy: return "cGy";
                    case DoseUnit.Percent: return "%";
                    default: return "Unknown";
                }
            }
        }

        /// <summary>The number as text, with <see cref="Decimals"/> decimals.</summary>
        public string ValueAsString
        {
            get { return double.IsNaN(_dose) ? "N/A" : _dose.ToString("F" + Decimals, CultureInfo.InvariantCulture); }
        }

        /// <summary>How many decimals are shown.</summary>
        public int Decimals { get { return _unit == DoseUnit.Gy ? 3 : 1; } }

        /// <summary>The dose that stands for none.</summary>
        public static DoseValue UndefinedDose()
        {
            return new DoseValue(double.NaN, DoseUnit.Unknown);
        }

        /// <summary>The dose that stands for none: a field (DoseValue.Undefined, ESAPI 15.6).</summary>
        public static readonly DoseValue Undefined = UndefinedDose();

        /// <summary>
        /// Whether the number is not a number. The documentation says "equal to Undefined"; that any unit will do is
        /// assumed.
        /// </summary>
        public bool IsUndefined() { return double.IsNaN(_dose); }

        /// <summary>Whether the unit is Gy or cGy.</summary>
        public bool IsAbsoluteDoseValue { get { return IsAbsoluteDoseUnit(_unit); } }

        /// <summary>Whether the unit is per cent.</summary>
        public bool IsRelativeDoseValue { get { return IsRelativeDoseUnit(_unit); } }

        /// <summary>Whether a unit is Gy or cGy.</summary>
        public static bool IsAbsoluteDoseUnit(DoseUnit doseUnit)
        {
            return doseUnit == DoseUnit.Gy || doseUnit == DoseUnit.cGy;
        }

        /// <summary>Whether a unit is per cent.</summary>
        public static bool IsRelativeDoseUnit(DoseUnit doseUnit)
        {
            return doseUnit == DoseUnit.Percent;
        }

        /// <summary>Order of two doses of one unit; undefined ones come first (DoseValue.CompareTo, ESAPI 18).</summary>
        public int CompareTo(DoseValue other)
        {
            RequireSameUnitIfDefined(this, other);
            return _dose.CompareTo(other._dose);
        }

        /// <summary>Whether number and unit are equal; two undefined ones are (DoseValue.Equals, ESAPI 18).</summary>
        public bool Equals(DoseValue other)
        {
            return _unit == other._unit && _dose.Equals(other._dose);
        }

        /// <summary>
        /// Whether the units are equal and the numbers differ by no more than <paramref name="epsilon"/>; two undefined
        /// ones are equal, and other units do not throw (DoseValue.Equals, ESAPI 18).
        /// </summary>
        public bool Equals(DoseValue other, double epsilon)
        {
            return Equals(other) || (_unit == other._unit && Math.Abs(_dose - other._dose) <= epsilon);
        }

        /// <summary>Whether number and unit are equal.</summary>
        public override bool Equals(object obj)
        {
            return obj is DoseValue && Equals((DoseValue)obj);
        }

        /// <summary>Hash of number and unit.</summary>
        public override int GetHashCode()
        {
            return _dose.GetHashCode() ^ (int)_unit;
        }

        /// <summary>Number and unit.</summary>
        public override string ToString()
        {
            return ValueAsString + " " + UnitAsString;
        }

        /// <summary>
        /// Whether number and unit are equal; unlike Equals, two undefined ones are not (DoseValue.op_Equality, ESAPI 18).
        /// </summary>
        public static bool operator ==(DoseValue dv1, DoseValue dv2) { return dv1._unit == dv2._unit && dv1._dose == dv2._dose; }

        /// <summary>Whether number or unit differ; two undefined ones do (DoseValue.op_Inequality, ESAPI 18).</summary>
        public static bool operator !=(DoseValue dv1, DoseValue dv2) { return !(dv1 == dv2); }

        // Ordering with an undefined dose is false (DoseValue.op_LessThan and the other three, ESAPI 18).

        /// <summary>Whether the first is smaller.</summary>
        public static bool operator <(DoseValue dv1, DoseValue dv2)
        {
            RequireSameUnitIfDefined(dv1, dv2);
            return dv1._dose < dv2._dose;
        }

        /// <summary>Whether the first is larger.</summary>
        public static bool operator >(DoseValue dv1, DoseValue dv2)
        {
            RequireSameUnitIfDefined(dv1, dv2);
            return dv1._dose > dv2._dose;
        }

        /// <summary>Whether the first is not larger.</summary>
        public static bool operator <=(DoseValue dv1, DoseValue dv2)
        {
            RequireSameUnitIfDefined(dv1, dv2);
            return dv1._dose <= dv2._dose;
        }

        /// <summary>Whether the first is not smaller.</summary>
        public static bool operator >=(DoseValue dv1, DoseValue dv2)
        {
            RequireSameUnitIfDefined(dv1, dv2);
            return dv1._dose >= dv2._dose;
        }

        // What is calculated of an undefined dose is Undefined (DoseValue.op_Addition and the others, ESAPI 18).

        /// <summary>Sum.</summary>
        public static DoseValue operator +(DoseValue dv1, DoseValue dv2)
        {
            RequireSameUnitIfDefined(dv1, dv2);
            return Result(dv1._dose + dv2._dose, dv1._unit);
        }

        /// <summary>Difference.</summary>
        public static DoseValue operator -(DoseValue dv1, DoseValue dv2)
        {
            RequireSameUnitIfDefined(dv1, dv2);
            return Result(dv1._dose - dv2._dose, dv1._unit);
        }

        /// <summary>Product with a number.</summary>
        public static DoseValue operator *(DoseValue dv, double dbl)
        {
            return Result(dv._dose * dbl, dv._unit);
        }

        /// <summary>Product with a number.</summary>
        public static DoseValue operator *(double dbl, DoseValue dv)
        {
            return dv * dbl;
        }

        /// <summary>Quotient by a number.</summary>
        public static DoseValue operator /(DoseValue dv, double dbl)
        {
            return Result(dv._dose / dbl, dv._unit);
        }

        /// <summary>
        /// Ratio of two doses of one unit; not a number if one is undefined (DoseValue.op_Division, ESAPI 18).
        /// </summary>
        public static double operator /(DoseValue dv1, DoseValue dv2)
        {
            RequireSameUnitIfDefined(dv1, dv2);
            return dv1._dose / dv2._dose;
        }

        private static DoseValue Result(double dose, DoseUnit unit)
        {
            return double.IsNaN(dose) ? Undefined : new DoseValue(dose, unit);
        }

        private static void RequireSameUnitIfDefined(DoseValue a, DoseValue b)
        {
            if (a._unit != b._unit && !a.IsUndefined() && !b.IsUndefined())
            {
                throw new ArithmeticException(
                    "expected two doses of one unit, found " + a.UnitAsString + " and " + b.UnitAsString);
            }
        }
    }
}
